import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sendFieldErrors, sendProblem } from '../controlProblem.ts';
import { applyDeviceChange, describeDevice, parseDeviceChange } from '../deviceChange.ts';
import { findDevice, findDeviceToChange, findEntraDevice, removeDevice } from '../deviceTable.ts';
import { createSimulatedDevice, entraDeviceFor } from '../simulatedDevice.ts';
import type { SimulatorContext } from '../simulatorContext.ts';

interface DeviceRequest {
  Params: { id: string };
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Adds, changes and removes managed devices. */
export function controlDeviceRoutes(control: FastifyInstance, { world }: SimulatorContext): void {
  control.post('/devices', (request, reply) => {
    const parsed = parseDeviceChange(request.body);
    if (!parsed.ok) return sendFieldErrors(reply, parsed.errors);
    const sentId = (request.body as { id?: unknown }).id;
    const id = typeof sentId === 'string' ? sentId.toLowerCase() : randomUUID();
    if ((sentId !== undefined && typeof sentId !== 'string') || !GUID.test(id)) {
      return sendFieldErrors(reply, [{ field: 'id', message: 'must be a GUID' }]);
    }
    if (findDevice(world, id) !== undefined) return sendProblem(reply, 409, `A device with id ${id} exists.`);
    const device = createSimulatedDevice({ note: 'added by a control request', properties: { id } });
    applyDeviceChange(device, parsed.change);
    world.devices.set(id, device);
    const entra = entraDeviceFor(device);
    if (entra !== undefined && findEntraDevice(world, entra.deviceId.toLowerCase()) === undefined) {
      world.entraDevices.set(entra.deviceId.toLowerCase(), entra);
    }
    return reply.code(201).send(describeDevice(device));
  });

  control.patch<DeviceRequest>('/devices/:id', (request, reply) => {
    const device = findDeviceToChange(world, request.params.id.toLowerCase());
    if (device === undefined) return sendProblem(reply, 404, 'There is no device with this id.');
    const parsed = parseDeviceChange(request.body);
    if (!parsed.ok) return sendFieldErrors(reply, parsed.errors);
    const sentId = (request.body as { id?: unknown }).id;
    if (sentId !== undefined && sentId !== device.properties.id) {
      return sendFieldErrors(reply, [{ field: 'id', message: 'cannot be changed' }]);
    }
    applyDeviceChange(device, parsed.change);
    return reply.send(describeDevice(device));
  });

  control.delete<DeviceRequest>('/devices/:id', (request, reply) =>
    removeDevice(world, request.params.id.toLowerCase())
      ? reply.code(204).send()
      : sendProblem(reply, 404, 'There is no device with this id.'),
  );
}
